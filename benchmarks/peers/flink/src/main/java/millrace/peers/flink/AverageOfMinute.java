package millrace.peers.flink;

import java.util.ArrayDeque;
import millrace.peers.Reading;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.streaming.api.functions.KeyedProcessFunction;
import org.apache.flink.util.Collector;

/** The average over (t − 60 s, t], by hand: Flink's sliding windows give no row for each event. */
final class AverageOfMinute extends KeyedProcessFunction<String, Reading, Output> {
  private static final long serialVersionUID = 1;
  private static final long RANGE_MS = 60_000;

  /** What is kept of a device. */
  public static final class Range {
    public final ArrayDeque<Reading> readings = new ArrayDeque<>();
    public double sum;
  }

  private transient ValueState<Range> ranges;

  @Override
  public void open(OpenContext context) {
    ranges = getRuntimeContext().getState(new ValueStateDescriptor<>("range", Range.class));
  }

  @Override
  public void processElement(Reading reading, Context context, Collector<Output> rows) throws Exception {
    Range range = ranges.value();
    if (range == null) {
      range = new Range();
      ranges.update(range);
    }
    while (!range.readings.isEmpty() && range.readings.peekFirst().ts <= reading.ts - RANGE_MS) {
      range.sum -= range.readings.pollFirst().temperature;
    }
    range.sum += reading.temperature;
    range.readings.addLast(reading);
    double average = range.sum / range.readings.size();
    if (reading.temperature > 1.5 * average) {
      rows.collect(Output.of(reading.ts, reading.device, reading.temperature, average));
    }
  }
}
