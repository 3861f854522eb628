import { compile, type CompileInput } from '../../../dsl/compile.ts';
import { constantsOf, type NamedConstant, type Quantity } from '../../../dsl/constants.ts';
import { hintFor } from '../../../dsl/did-you-mean.ts';
import type { Plan } from '../../../dsl/plan.ts';
import { type PlanOfRule, planOfRule } from '../../../engine/backtest/plan-of-rule.ts';
import { CommandLineError } from '../command-line-error.ts';
import type { RuleFiles } from '../rule-files.ts';
import { writeDiagnostics } from '../write-diagnostics.ts';
import { amountIn, type Values, valueText, type VariedConstant } from './varied-constants.ts';

/** A rule, and what it is with other values of its constants. */
export class TunedRule {
  readonly name: string;
  /** Of the whole files. */
  readonly constants: readonly NamedConstant[];
  readonly current: PlanOfRule;
  readonly #files: RuleFiles;
  readonly #input: CompileInput;

  /** `plan`: of the files. Errors: MR7323. */
  constructor(name: string, files: RuleFiles, plan: Plan) {
    this.name = name;
    this.#files = files;
    this.#input = { ...files.program, read: files.read };
    this.constants = constantsOf(this.#input);
    const found = planOfRule(plan, name);
    if (found === null) throw noRule(name, files, plan);
    this.current = found;
  }

  /** Numbers and durations that make the rule another one when they change. Cost: a compilation for each. */
  used(): readonly (NamedConstant & { readonly quantity: Quantity })[] {
    return this.constants.filter(
      (constant): constant is NamedConstant & { readonly quantity: Quantity } =>
        constant.quantity !== null && this.#isUsed(constant.name, constant.quantity),
    );
  }

  /** The rule with these values; null: it is wrong with them, and that was told. */
  with(varied: readonly VariedConstant[], values: Values): PlanOfRule | null {
    const constants = Object.fromEntries(
      varied.map(({ name, current }, place) => [name, valueText(current, values[place]!)]),
    );
    const { plan, diagnostics } = compile({ ...this.#input, constants });
    if (plan !== null) return planOfRule(plan, this.name);
    const texts = new Map(
      Object.entries(constants).map(([name, text]) => [`constant ${name}`, `let ${name} = ${text}`]),
    );
    const shown = Object.entries(constants)
      .map(([name, text]) => `${name} = ${text}`)
      .join(', ');
    const errors = diagnostics
      .filter(({ severity }) => severity === 'error')
      .map(error => ({ ...error, message: `${error.message} (with ${shown})` }));
    writeDiagnostics(errors, file => texts.get(file) ?? this.#files.textOf(file));
    return null;
  }

  #isUsed(name: string, quantity: Quantity): boolean {
    const amount = amountIn(quantity);
    const other = quantity.kind === 'duration' ? amount + 1_000_000 : amount + Math.max(1, Math.abs(amount));
    const { plan } = compile({ ...this.#input, constants: { [name]: valueText(quantity, other) } });
    return plan === null || planOfRule(plan, this.name)?.version !== this.current.version;
  }
}

function noRule(name: string, { files }: RuleFiles, plan: Plan): CommandLineError {
  const known = plan.nodes.flatMap(node => (node.kind === 'rule' ? [node.name] : []));
  const hint = hintFor(name, known, 'rules') ?? 'the files have no rule';
  return new CommandLineError('MR7323', `there is no rule ${JSON.stringify(name)} in ${files.join(', ')}`, hint);
}
