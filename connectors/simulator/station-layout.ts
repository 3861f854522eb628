/** Which machines a station has, and which gateway speaks for which pumps. */
export type StationLayout = {
  readonly seed: number;
  readonly pumps: number;
  readonly gateways: number;
};

const PUMPS_PER_GATEWAY = 5;

export function stationLayout({ seed, pumps }: { readonly seed: number; readonly pumps: number }): StationLayout {
  return { seed, pumps, gateways: Math.ceil(pumps / PUMPS_PER_GATEWAY) };
}

export function gatewayOf(pump: number): number {
  return Math.floor(pump / PUMPS_PER_GATEWAY);
}

export function pumpName(pump: number): string {
  return `p${String(pump + 1).padStart(2, '0')}`;
}

export function gatewayName(gateway: number): string {
  return `gw${gateway + 1}`;
}
