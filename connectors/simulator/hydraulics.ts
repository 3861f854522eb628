/** Where a pump's curve meets that of its pipes. */
export type OperatingPoint = {
  flow: number; // m³/h
  headM: number;
  inletBar: number; // before the filter
  suctionBar: number; // behind it
  dischargeBar: number;
  shaftKw: number;
};

/**
 * A centrifugal pump of 250 m³/h at 40 m and full speed, on pipes with a static head of 12 m. Curves are parabolas, and
 * scale with the speed as the affinity laws say (Gülich, Centrifugal Pumps, ch. 3): head by its square, flow by itself.
 * `blockage` is how many times more the filter resists than a clean one; `supply` is the share of the water that still
 * comes: without it there is neither flow nor head.
 */
export function operate(
  point: OperatingPoint,
  { speed, blockage, supply, levelBar }: { speed: number; blockage: number; supply: number; levelBar: number },
): void {
  const shutOffM = SHUT_OFF_M * speed * speed * supply;
  const filterM = FILTER_M * blockage;
  const square = (shutOffM - STATIC_M) / (PUMP_M + PIPE_M + filterM);
  const flow = square > 0 ? Math.sqrt(square) : 0; // below, the check valve is shut
  const headM = Math.max(0, shutOffM - PUMP_M * flow * flow);
  point.flow = flow;
  point.headM = headM;
  point.inletBar = levelBar * supply;
  point.suctionBar = levelBar * supply - (filterM * flow * flow) / METRES_A_BAR;
  point.dischargeBar = point.suctionBar + headM / METRES_A_BAR;
  point.shaftKw = (9.81 * flow * headM) / 3_600 / efficiency(flow, speed) + 2.5 * speed * speed * speed;
}

/** Falls to both sides of its best point, which moves with the speed. */
function efficiency(flow: number, speed: number): number {
  const off = speed > 0 ? flow / (BEST_FLOW * speed) - 1 : 1;
  return Math.max(0.2, 0.78 * (1 - 0.9 * off * off));
}

export const BEST_FLOW = 250; // m³/h at full speed
const SHUT_OFF_M = 52;
const STATIC_M = 12;
const PUMP_M = 1.92e-4; // m per (m³/h)²
const PIPE_M = 4.32e-4;
const FILTER_M = 1.6e-5;
const METRES_A_BAR = 10.2;
