import type { Unit } from './unit.ts';

/** What a function's entry says of one argument. */
export type Parameter = {
  readonly name: string;
  readonly accepts: Accepts;
  /**
   * What unit it may have. `any` (default): its own, or none; `ratio`: none, and percent counts as a ratio; `angle`:
   * none is radians; `turning`: of a rotation, as rpm or as Hz, converted to turns a second; `first`: the first argument's, to which it
   * is converted.
   */
  readonly unit?: 'any' | 'ratio' | 'angle' | 'turning' | 'first';
  /** One of its own, to which the argument is converted. */
  readonly inUnit?: Unit;
  readonly isOptional?: boolean;
  readonly isRepeated?: boolean; // the last parameter: one or more
  readonly isConstant?: boolean; // a literal or a `let`
  /** Of a detector: a constant, or what each reading says, together with its others. */
  readonly isSetting?: boolean;
  readonly isZone?: boolean; // the name of a time zone
  readonly least?: number; // of a constant
  readonly most?: number;
};

/** `quantity`: a number or a duration; `ordered`: a quantity or a time; `text`: a symbol or a string. */
export type Accepts = 'number' | 'int' | 'quantity' | 'ordered' | 'duration' | 'time' | 'bool' | 'text' | 'any';

export function takesCount(parameters: readonly Parameter[]): { readonly least: number; readonly most: number } {
  return {
    least: parameters.filter(parameter => parameter.isOptional !== true).length,
    most: parameters.some(parameter => parameter.isRepeated) ? Infinity : parameters.length,
  };
}

/** `round(x, digits?)` */
export function signatureText(name: string, parameters: readonly Parameter[]): string {
  const words = parameters.map(parameter => {
    if (parameter.isRepeated) return `${parameter.name}, …`;
    return parameter.isOptional ? `${parameter.name}?` : parameter.name;
  });
  return `${name}(${words.join(', ')})`;
}
