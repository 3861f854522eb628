package millrace.peers.flink;

import java.util.List;
import millrace.peers.Reading;
import org.apache.flink.streaming.api.datastream.DataStream;

/** What is asked of Flink: from readings with their event time to streams of outputs. */
interface Question {
  List<DataStream<Output>> outputs(DataStream<Reading> readings);
}
