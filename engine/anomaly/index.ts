import type { DetectorName, DetectorNode } from '../../dsl/plan.ts';
import { Forecast } from '../forecast/forecast.ts';
import { RunsOut } from '../forecast/runs-out.ts';
import { TimeTo } from '../forecast/time-to.ts';
import { ChangePoint } from './change-point.ts';
import { Cusum } from './cusum.ts';
import type { Detector } from './detector.ts';
import { Discord } from './discord.ts';
import { Ensemble } from './ensemble.ts';
import { EwmaScore } from './ewma-score.ts';
import { Flatline } from './flatline.ts';
import { Guarded } from './guarded.ts';
import { HalfSpaceTrees } from './half-space.ts';
import { Hampel } from './hampel.ts';
import { HoltWinters } from './holt-winters.ts';
import { Interquartile } from './interquartile.ts';
import { JointEnsemble } from './joint-ensemble.ts';
import { Likelihood } from './likelihood.ts';
import { MahalanobisDistance } from './mahalanobis.ts';
import { Mewma } from './mewma.ts';
import { NewRange } from './new-range.ts';
import { PageHinkley } from './page-hinkley.ts';
import { RateOfChange } from './rate-of-change.ts';
import { Seasonal } from './seasonal.ts';
import { SpectralBand } from './spectral.ts';
import { ZScore } from './zscore.ts';

export { ARGUMENT, type Detector, PERIOD, type Reading, RESULTS, VALUE } from './detector.ts';

const DETECTORS = {
  zscore: node => new Guarded(node, new ZScore(node.range!)),
  mad: node => new Guarded(node, new Hampel(node.range!)),
  iqr: node => new Guarded(node, new Interquartile(node.range!)),
  ewma_z: node => new Guarded(node, new EwmaScore(node.range!)),
  cusum: node => new Guarded(node, new Cusum(node.range!)),
  page_hinkley: node => new Guarded(node, new PageHinkley()),
  rate_of_change: node => new RateOfChange(node.range!),
  flatline: node => new Flatline(node.range!),
  seasonal: node => new Guarded(node, new Seasonal(node.parameters[0]!)),
  holt_winters: node => new Guarded(node, new HoltWinters(node.parameters[0]!)),
  new_range: node => new Guarded(node, new NewRange()),
  mahalanobis: node => new Guarded(node, new MahalanobisDistance(node.range!, node.arguments.length)),
  mewma: node => new Guarded(node, new Mewma(node.range!, node.arguments.length)),
  half_space: node => new HalfSpaceTrees(node.arguments.length),
  spectral: node => new SpectralBand(node.parameters),
  discord: () => new Discord(),
  change_point: () => new ChangePoint(),
  likelihood: () => new Likelihood(),
  anomaly: node => (node.arguments.length === 1 ? new Ensemble(node) : new JointEnsemble(node)),
  forecast: node => new Forecast(node),
  time_to: node => new TimeTo(node),
  runs_out: node => new RunsOut(node),
} satisfies Record<DetectorName, (node: DetectorNode) => Detector>;

export function createDetector(node: DetectorNode): Detector {
  return DETECTORS[node.detector](node);
}
