import { ALL_MODES, type ScenarioMode } from '../../engine/scenario/modes.ts';

/**
 * That many tests behind each other are run in every mode. The modes that restore after every event or two, which take ten
 * times as long as others, are in three of the turns.
 */
const TURNS = 6;

/**
 * The modes for the test with this number: the first one, which the others are held against, and three of those,
 * others for its neighbours. With MILLRACE_MODES=all (`npm run test:soak -- scenarios`): every mode.
 */
export function modesInTurn(number: number): readonly ScenarioMode[] {
  if (process.env['MILLRACE_MODES'] === 'all') return ALL_MODES;
  const [first, ...others] = ALL_MODES;
  return [first!, ...others.filter((_, at) => at % TURNS === number % TURNS)];
}
