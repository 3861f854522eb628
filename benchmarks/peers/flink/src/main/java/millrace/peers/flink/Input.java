package millrace.peers.flink;

import java.io.IOException;
import millrace.peers.Entrance;
import millrace.peers.Events;
import millrace.peers.Reading;
import millrace.peers.ReadingParser;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.functions.RichMapFunction;

/** The events by their number. They are in the memory of the process, which is that of the cluster. */
final class Input extends RichMapFunction<Long, Reading> {
  private static final long serialVersionUID = 1;

  private transient Events events;
  private transient ReadingParser parser;

  @Override
  public void open(OpenContext context) {
    events = FlinkPass.running.events;
    parser = new ReadingParser();
  }

  @Override
  public Reading map(Long number) throws IOException {
    int i = number.intValue();
    if (i == 0) FlinkPass.running.stopwatch.start();
    return events.entrance() == Entrance.MEMORY ? events.readings()[i] : parser.parse(events.messages()[i]);
  }
}
