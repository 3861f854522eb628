import { textOf } from '../repository/tree.ts';

type Schema = {
  readonly title?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly 'x-secret'?: true;
};

/** The variable of each setting of docs/millrace.schema.json. */
export function settingVariables(): { readonly name: string; readonly isSecret: boolean }[] {
  return variablesIn(JSON.parse(textOf('docs/millrace.schema.json')), ['MILLRACE']);
}

function variablesIn({ properties = {} }: Schema, path: readonly string[]): ReturnType<typeof settingVariables> {
  return Object.entries(properties).flatMap(([name, setting]) => {
    const words = [...path, name.replaceAll(/[A-Z]/g, letter => `_${letter}`).toUpperCase()];
    if (setting.title === undefined) return variablesIn(setting, words);
    return [{ name: words.join('_'), isSecret: setting['x-secret'] === true }];
  });
}
