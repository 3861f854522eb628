/** What a value is; times and durations are microseconds. */
export type ValueType = 'float' | 'int' | 'bool' | 'symbol' | 'string' | 'time' | 'duration' | 'quality' | 'severity';

/** `unit` is for people and sinks (`degC`); every number beside it is already in that unit. */
export type Field = { readonly name: string; readonly type: ValueType; readonly unit?: string };
