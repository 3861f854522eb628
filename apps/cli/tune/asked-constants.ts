import { CommandLineError } from '../command-line-error.ts';
import type { TunedRule } from './tuned-rule.ts';
import { defaultStepsOf, variedAround, variedBy, type VariedConstant } from './varied-constants.ts';

/** What `--vary` names; without it, all constants that the rule uses. Errors: MR7363, MR7364. */
export function variedConstants(rule: TunedRule, options: readonly string[]): readonly VariedConstant[] {
  const used = rule.used();
  if (options.length === 0) {
    if (used.length === 0) throw noConstant(rule);
    const steps = defaultStepsOf(used.length);
    return used.map(({ name, quantity }) => variedAround(name, quantity, steps));
  }
  const varied = options.map(option => variedBy(option, rule.constants, defaultStepsOf(options.length)));
  const names = varied.map(({ name }) => name);
  const unused = names.find(name => used.every(constant => constant.name !== name));
  if (unused !== undefined)
    throw notUsed(
      unused,
      rule,
      used.map(({ name }) => name),
    );
  const twice = names.find((name, place) => names.indexOf(name) !== place);
  if (twice === undefined) return varied;
  throw new CommandLineError('MR7364', `--vary names ${twice} twice`, 'a constant has one range');
}

function noConstant({ name }: TunedRule): CommandLineError {
  return new CommandLineError(
    'MR7363',
    `the rule ${name} uses no constant that is a number or a duration`,
    'name its limits: `let limit = 85 degC`, and `high when temp > limit`',
  );
}

function notUsed(constant: string, { name }: TunedRule, used: readonly string[]): CommandLineError {
  const hint = used.length === 0 ? 'it uses no constant that is a number or a duration' : `it uses ${used.join(', ')}`;
  return new CommandLineError('MR7363', `the rule ${name} does not depend on \`${constant}\``, hint);
}
