import { MillraceError } from '../../engine/errors.ts';

/** What is asked of `systeminformation`. What a machine does not tell is null there, or missing from a list. */
export type HostLibrary = {
  currentLoad(): Promise<{ readonly currentLoad: number | null }>;
  mem(): Promise<{
    readonly total: number;
    readonly available: number;
    readonly swaptotal: number;
    readonly swapused: number;
  }>;
  fsSize(): Promise<
    readonly { readonly mount: string; readonly size: number; readonly use: number; readonly available: number }[]
  >;
  networkStats(interfaces: string): Promise<
    readonly {
      readonly iface: string;
      readonly rx_sec: number | null;
      readonly tx_sec: number | null;
    }[]
  >;
  cpuTemperature(): Promise<{ readonly main: number | null }>;
};

/** It is optional at install, and takes a while to load. Errors: MR5410. */
export async function loadHostLibrary(): Promise<HostLibrary> {
  try {
    const { default: library } = await import('systeminformation');
    return library;
  } catch (error) {
    throw new MillraceError('MR5410', 'what this machine does is read by `systeminformation`, which is not installed', {
      hint: 'install it beside Millrace: npm install systeminformation',
      cause: error,
    });
  }
}
