package millrace.peers.flink;

import millrace.peers.Reading;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.streaming.api.functions.KeyedProcessFunction;
import org.apache.flink.util.Collector;

/** Joins each reading to the one before of its device, once for all rules. */
final class PairOfReadings extends KeyedProcessFunction<String, Reading, PairOfReadings.Pair> {
  private static final long serialVersionUID = 1;

  /** A temperature, and the one before; the first has a cold one before it. */
  public static final class Pair {
    public long ts;
    public String device;
    public double temperature;
    public double before;
  }

  private transient ValueState<Double> befores;

  @Override
  public void open(OpenContext context) {
    befores = getRuntimeContext().getState(new ValueStateDescriptor<>("before", Double.class));
  }

  @Override
  public void processElement(Reading reading, Context context, Collector<Pair> pairs) throws Exception {
    Double before = befores.value();
    befores.update(reading.temperature);
    Pair pair = new Pair();
    pair.ts = reading.ts;
    pair.device = reading.device;
    pair.temperature = reading.temperature;
    pair.before = before == null ? 0 : before;
    pairs.collect(pair);
  }
}
