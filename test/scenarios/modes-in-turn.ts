import { ALL_MODES, type ScenarioMode } from '../../engine/scenario/modes.ts';

/** That many tests behind each other are run in every mode; each has modes with workers, and one that is restored. */
const TURNS = 4;

/**
 * The modes for the test with this number: the first one, which the others are held against, and one in four of those,
 * others for its neighbours. With MILLRACE_MODES=all (`npm run test:soak -- scenarios`): every mode.
 */
export function modesInTurn(number: number): readonly ScenarioMode[] {
  if (process.env['MILLRACE_MODES'] === 'all') return ALL_MODES;
  const [first, ...others] = ALL_MODES;
  return [first!, ...others.filter((_, at) => at % TURNS === number % TURNS)];
}
