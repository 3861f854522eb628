import type { Expression } from './expression.ts';

/** `input` is a stream's id or `alerts`; `condition` of alerts is over severity, rule, the key's fields and labels. */
export type RouteNode = {
  readonly kind: 'route';
  readonly id: string;
  readonly input: string;
  readonly condition: Expression | null;
  readonly target: { readonly connector: string; readonly address: string | null; readonly directory: string };
};
