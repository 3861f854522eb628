package millrace.peers.flink;

/** One output. */
public final class Output {
  public long timeMs;
  public String device;
  public double[] values;

  public static Output of(long timeMs, String device, double... values) {
    Output output = new Output();
    output.timeMs = timeMs;
    output.device = device;
    output.values = values;
    return output;
  }
}
