package millrace.peers.flink;

import java.util.List;
import millrace.peers.Events;
import millrace.peers.Outputs;
import millrace.peers.Peer;
import millrace.peers.Reading;
import millrace.peers.Stopwatch;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.runtime.minicluster.MiniCluster;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink;

/** One job. Starting it is not timed, nor is ending it. */
final class FlinkPass implements Peer.Pass {
  /** Functions of a job are copied to where they run, and find the pass here. */
  static volatile FlinkPass running;

  final Outputs outputs;
  volatile Events events;
  volatile Stopwatch stopwatch;
  private final MiniCluster cluster;
  private final Configuration configuration;
  private final List<Question> questions;

  FlinkPass(MiniCluster cluster, Configuration configuration, List<Question> questions, Outputs outputs) {
    this.cluster = cluster;
    this.configuration = configuration;
    this.questions = questions;
    this.outputs = outputs;
  }

  @Override
  public void run(Events input, Stopwatch watch) throws Exception {
    events = input;
    stopwatch = watch;
    running = this;
    StreamExecutionEnvironment environment = new StreamExecutionEnvironment(configuration);
    environment.setParallelism(1);
    DataStream<Reading> readings = environment.fromSequence(0, input.count() - 1L)
        .map(new Input())
        .returns(Reading.class)
        .assignTimestampsAndWatermarks(WatermarkStrategy.<Reading>forMonotonousTimestamps()
            .withTimestampAssigner((reading, before) -> reading.ts));
    for (Question question : questions) {
      for (DataStream<Output> stream : question.outputs(readings)) {
        stream.filter(new Counter()).sinkTo(new DiscardingSink<>());
      }
    }
    cluster.executeJobBlocking(environment.getStreamGraph().getJobGraph());
  }

  @Override
  public void close() {
    running = null;
  }
}
