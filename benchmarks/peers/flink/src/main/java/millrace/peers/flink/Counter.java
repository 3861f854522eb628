package millrace.peers.flink;

import millrace.peers.Outputs;
import millrace.peers.Stopwatch;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.functions.RichFilterFunction;

/** Where outputs end. */
final class Counter extends RichFilterFunction<Output> {
  private static final long serialVersionUID = 1;

  private transient Outputs outputs;
  private transient Stopwatch stopwatch;

  @Override
  public void open(OpenContext context) {
    outputs = FlinkPass.running.outputs;
    stopwatch = FlinkPass.running.stopwatch;
  }

  @Override
  public boolean filter(Output output) {
    if (outputs.areChecked) outputs.add(output.timeMs, output.device, output.values);
    else outputs.add(1);
    return false;
  }

  @Override
  public void close() {
    stopwatch.stop();
  }
}
