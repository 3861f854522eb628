import { BEST_FLOW } from './hydraulics.ts';

/** Bands of the spectrum of a pump's bearing housing. */
export type Vibration = {
  velocity: number; // mm/s r.m.s., 10 to 1,000 Hz: what ISO 20816 judges
  envelope: number; // m/s², 0.5 to 10 kHz, demodulated: rolling over a damaged race
  acoustic: number; // m/s², above 10 kHz: bubbles that collapse
};

/**
 * Imbalance turns with the shaft and grows with the square of the speed; blades pass five times a turn, the louder the
 * further from the best point; the rest is noise of the flow. Bands add by their squares. A worn race strikes: seen first
 * in the envelope, and in the velocity only when much is gone (Randall, Vibration-based Condition Monitoring, ch. 5).
 */
export function vibrate(
  vibration: Vibration,
  state: { speed: number; flow: number; imbalance: number; wear: number; bubbles: number },
): void {
  const { speed, flow, imbalance, wear, bubbles } = state;
  const off = speed > 0 ? flow / (BEST_FLOW * speed) - 1 : 0;
  const turning = 1.1 * imbalance * speed * speed;
  const blades = 0.7 * speed * speed * (1 + 2 * off * off);
  const flowing = 0.3 * speed + 1.2 * bubbles * speed;
  const striking = 3.2 * wear * wear * speed;
  vibration.velocity = 0.05 + Math.sqrt(turning ** 2 + blades ** 2 + flowing ** 2 + striking ** 2);
  vibration.envelope = 0.1 + 1.1 * speed * (1 + 5 * wear) + 0.4 * bubbles * speed;
  vibration.acoustic = 0.1 + 0.8 * speed + 5 * bubbles * speed;
}
