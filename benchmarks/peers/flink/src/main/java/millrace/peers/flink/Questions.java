package millrace.peers.flink;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import millrace.peers.GoldenStream;
import millrace.peers.Reading;
import org.apache.flink.api.common.functions.FilterFunction;
import org.apache.flink.api.common.functions.FlatMapFunction;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.datastream.DataStreamUtils;
import org.apache.flink.streaming.api.datastream.KeyedStream;
import org.apache.flink.streaming.api.windowing.assigners.TumblingEventTimeWindows;

/** The benchmark's questions as jobs. Patterns are in Patterns.java. */
final class Questions {
  private static final Duration TUMBLING = Duration.ofSeconds(10);

  static final Map<String, Question> BY_NAME = Map.ofEntries(
      Map.entry("Q1", readings -> List.of(
          readings.filter(reading -> reading.temperature > 95 && reading.status == 1)
              .map(reading -> Output.of(reading.ts, reading.device, reading.temperature))
              .returns(Output.class))),

      Map.entry("Q2", readings -> List.of(
          byDevice(readings).window(TumblingEventTimeWindows.of(TUMBLING))
              .aggregate(new ReadingSummary(), new ReadingSummary.Row()))),

      Map.entry("Q3", readings -> List.of(byDevice(readings).process(new AverageOfMinute()))),

      Map.entry("Q4", readings -> List.of(Patterns.followedBy(byDevice(readings)))),
      Map.entry("rising", readings -> List.of(Patterns.rising(byDevice(readings)))),
      Map.entry("absence", readings -> List.of(Patterns.absence(byDevice(readings)))),

      Map.entry("100-limits", readings -> rules(100, k -> {
        double limit = limit(k);
        return limit(readings, reading -> reading.temperature > limit, k);
      })),

      Map.entry("1000-limits", readings -> rules(GoldenStream.DEVICES, k -> {
        String device = "d" + k;
        return limit(readings, reading -> reading.temperature > 90 && reading.device.equals(device));
      })),

      Map.entry("100-alarms", readings -> {
        DataStream<PairOfReadings.Pair> pairs = byDevice(readings).process(new PairOfReadings());
        return rules(100, k -> alarm(pairs, null, limit(k)));
      }),

      Map.entry("1000-alarms", readings -> {
        DataStream<PairOfReadings.Pair> pairs = byDevice(readings).process(new PairOfReadings());
        return rules(GoldenStream.DEVICES, k -> alarm(pairs, "d" + k, 90));
      }));

  /** All keys are in the one task, so nothing has to be sent to another: what `keyBy` would serialize stays an object. */
  private static KeyedStream<Reading, String> byDevice(DataStream<Reading> readings) {
    return DataStreamUtils.reinterpretAsKeyedStream(readings, reading -> reading.device, Types.STRING);
  }

  /** Each rule is an operator of its own, as rules are that come from users. */
  private static List<DataStream<Output>> rules(int count, IntFunction<DataStream<Output>> rule) {
    return IntStream.range(0, count).mapToObj(rule).toList();
  }

  private static DataStream<Output> limit(
      DataStream<Reading> readings, FilterFunction<Reading> condition, double... constants) {
    return readings.filter(condition)
        .map(reading -> constants.length == 0
            ? Output.of(reading.ts, reading.device, reading.temperature)
            : Output.of(reading.ts, reading.device, reading.temperature, constants[0]))
        .returns(Output.class);
  }

  /** Raised where the condition comes to hold for a device, and cleared where it ceases to; null: of all devices. */
  private static DataStream<Output> alarm(DataStream<PairOfReadings.Pair> pairs, String device, double limit) {
    FlatMapFunction<PairOfReadings.Pair, Output> change = (pair, changes) -> {
      boolean isRaised = pair.temperature > limit;
      if (isRaised == pair.before > limit || (device != null && !pair.device.equals(device))) return;
      changes.collect(Output.of(pair.ts, pair.device, isRaised ? 1 : 0));
    };
    return pairs.flatMap(change).returns(Output.class);
  }

  /** 119.00 to 119.99. */
  private static double limit(int k) {
    return 119 + k / 100.0;
  }

  private Questions() {}
}
