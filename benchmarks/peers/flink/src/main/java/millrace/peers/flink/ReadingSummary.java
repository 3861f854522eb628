package millrace.peers.flink;

import millrace.peers.Reading;
import org.apache.flink.api.common.functions.AggregateFunction;
import org.apache.flink.streaming.api.functions.windowing.ProcessWindowFunction;
import org.apache.flink.streaming.api.windowing.windows.TimeWindow;
import org.apache.flink.util.Collector;

/** Average, count, least, greatest and deviation (Welford's), as events come. */
final class ReadingSummary implements AggregateFunction<Reading, ReadingSummary.Sums, double[]> {
  private static final long serialVersionUID = 1;

  /** What is kept of a window. */
  public static final class Sums {
    public long count;
    public double sum;
    public double low = Double.POSITIVE_INFINITY;
    public double high = Double.NEGATIVE_INFINITY;
    public double mean;
    public double squares;
  }

  @Override
  public Sums createAccumulator() {
    return new Sums();
  }

  @Override
  public Sums add(Reading reading, Sums sums) {
    double x = reading.temperature;
    sums.count++;
    sums.sum += x;
    sums.low = Math.min(sums.low, x);
    sums.high = Math.max(sums.high, x);
    double before = x - sums.mean;
    sums.mean += before / sums.count;
    sums.squares += before * (x - sums.mean);
    return sums;
  }

  @Override
  public double[] getResult(Sums sums) {
    double deviation = sums.count < 2 ? Double.NaN : Math.sqrt(sums.squares / (sums.count - 1));
    return new double[] {sums.sum / sums.count, sums.count, sums.low, sums.high, deviation};
  }

  @Override
  public Sums merge(Sums one, Sums other) {
    throw new UnsupportedOperationException("tumbling windows do not merge");
  }

  /** Says which window it was. The job's end closes all; those that end later than the stream are not whole. */
  static final class Row extends ProcessWindowFunction<double[], Output, String, TimeWindow> {
    private static final long serialVersionUID = 1;

    @Override
    public void process(String device, Context context, Iterable<double[]> results, Collector<Output> rows) {
      if (context.window().getEnd() > FlinkPass.running.events.newestMs()) return;
      rows.collect(Output.of(context.window().getStart(), device, results.iterator().next()));
    }
  }
}
