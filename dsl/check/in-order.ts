/**
 * Statements so that each comes behind those that it reads; otherwise in the order in which they are given. Those on a circle are told,
 * once per circle, and left out. Without recursion: chains may be as long as the file.
 */
export function inOrder<Statement>(
  statements: readonly Statement[],
  of: {
    inputsOf(statement: Statement): readonly Statement[];
    onCircle(circle: readonly Statement[]): void;
  },
): Statement[] {
  const ordered: Statement[] = [];
  const state = new Map<Statement, 'open' | 'done' | 'cyclic'>();
  for (const root of statements) {
    const path: { readonly statement: Statement; readonly inputs: readonly Statement[]; next: number }[] = [];
    const open = (statement: Statement) => {
      state.set(statement, 'open');
      path.push({ statement, inputs: of.inputsOf(statement), next: 0 });
    };
    if (!state.has(root)) open(root);
    while (path.length > 0) {
      const top = path.at(-1)!;
      const input = top.inputs[top.next++];
      if (input === undefined) {
        path.pop();
        if (state.get(top.statement) === 'open') {
          state.set(top.statement, 'done');
          ordered.push(top.statement);
        }
      } else if (!state.has(input)) {
        open(input);
      } else if (state.get(input) === 'open') {
        const circle = path.map(step => step.statement).slice(path.findIndex(step => step.statement === input));
        for (const statement of circle) state.set(statement, 'cyclic');
        of.onCircle(circle);
      }
    }
  }
  return ordered;
}
