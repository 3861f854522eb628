/** The text between the brackets of `WITH (…)`, with holes: `{stream}`, `{table}`, `{address}`, `{path}`. */
export type ConnectorTemplate = string;

export const SOURCE_TEMPLATE: ConnectorTemplate = "'connector' = 'filesystem', 'path' = '{path}', 'format' = 'json'";
export const SINK_TEMPLATE: ConnectorTemplate = "'connector' = 'filesystem', 'path' = '{path}', 'format' = 'json'";

const HOLES = ['stream', 'table', 'address', 'path'] as const;
export type Holes = Readonly<Record<(typeof HOLES)[number], string>>;

const HOLE = /\{([^{}]*)\}/g;

/** Holes that nothing fills. */
export function unknownHoles(template: ConnectorTemplate): readonly string[] {
  return [...template.matchAll(HOLE)].flatMap(([hole, name]) =>
    (HOLES as readonly string[]).includes(name!) ? [] : [hole],
  );
}

export function filled(template: ConnectorTemplate, values: Holes): string {
  const text = template.replaceAll(HOLE, (_, name: keyof Holes) => values[name].replaceAll("'", "''")); // as: of HOLES, checked
  return text.split(/,\s*(?=')/).join(',\n');
}
