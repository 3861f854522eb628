package millrace.peers.flink;

import millrace.peers.Events;
import millrace.peers.Outputs;
import millrace.peers.Peer;
import millrace.peers.Reading;
import millrace.peers.Stopwatch;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.MemorySize;
import org.apache.flink.configuration.PipelineOptions;
import org.apache.flink.configuration.StateBackendOptions;
import org.apache.flink.configuration.TaskManagerOptions;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink;

/** One job. Starting the cluster is not timed, nor is ending it. */
final class FlinkPass implements Peer.Pass {
  /** Functions of a job are copied to where they run, and find the pass here. */
  static volatile FlinkPass running;

  final Outputs outputs;
  volatile Events events;
  volatile Stopwatch stopwatch;
  private final Question question;

  FlinkPass(Question question, Outputs outputs) {
    this.question = question;
    this.outputs = outputs;
  }

  @Override
  public void run(Events input, Stopwatch watch) throws Exception {
    events = input;
    stopwatch = watch;
    running = this;
    StreamExecutionEnvironment environment = StreamExecutionEnvironment.createLocalEnvironment(1, configuration());
    DataStream<Reading> readings = environment.fromSequence(0, input.count() - 1L)
        .map(new Input())
        .returns(Reading.class)
        .assignTimestampsAndWatermarks(WatermarkStrategy.<Reading>forMonotonousTimestamps()
            .withTimestampAssigner((reading, before) -> reading.ts));
    for (DataStream<Output> stream : question.outputs(readings)) {
      stream.filter(new Counter()).sinkTo(new DiscardingSink<>());
    }
    environment.execute();
  }

  private static Configuration configuration() {
    Configuration configuration = new Configuration();
    configuration.set(PipelineOptions.OBJECT_REUSE, true);
    configuration.set(StateBackendOptions.STATE_BACKEND, "hashmap");
    configuration.set(TaskManagerOptions.MANAGED_MEMORY_SIZE, MemorySize.ofMebiBytes(16)); // RocksDB's, which is not used
    return configuration;
  }

  @Override
  public void close() {
    running = null;
  }
}
