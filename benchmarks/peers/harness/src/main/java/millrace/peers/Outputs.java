package millrace.peers;

import java.util.Arrays;

/** Counts outputs and, where they are checked, adds them up as benchmarks/output-sum.ts does. */
public final class Outputs {
  public final boolean areChecked;
  private long count;
  private double[] sums = new double[0];

  public Outputs(boolean areChecked) {
    this.areChecked = areChecked;
  }

  /** They are only counted. */
  public void add(int outputs) {
    count += outputs;
  }

  /** One output with its numbers. */
  public void add(long timeMs, String device, double... values) {
    count++;
    if (sums.length <= values.length) sums = Arrays.copyOf(sums, 1 + values.length);
    long weight = 1 + (timeMs + Long.parseLong(device, 1, device.length(), 10) * 31) % 1_009;
    sums[0] += weight;
    for (int i = 0; i < values.length; i++) sums[i + 1] += weight * (Double.isNaN(values[i]) ? -1 : values[i]);
  }

  public long count() {
    return count;
  }

  public double[] sums() {
    return sums;
  }
}
