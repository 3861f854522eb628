package millrace.peers.flink;

import java.io.Serializable;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import millrace.peers.Reading;
import org.apache.flink.cep.CEP;
import org.apache.flink.cep.functions.PatternProcessFunction;
import org.apache.flink.cep.pattern.Pattern;
import org.apache.flink.cep.pattern.conditions.IterativeCondition;
import org.apache.flink.cep.pattern.conditions.SimpleCondition;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.datastream.KeyedStream;
import org.apache.flink.util.Collector;

/** Questions for Flink's CEP library; no match makes it skip another. */
final class Patterns {
  private static final Duration ABSENCE = Duration.ofSeconds(3);

  static DataStream<Output> followedBy(KeyedStream<Reading, String> readings) {
    Pattern<Reading, ?> pattern = Pattern.<Reading>begin("a")
        .where(SimpleCondition.of(reading -> reading.temperature > 90))
        .followedBy("b")
        .where(SimpleCondition.of(reading -> reading.vibration > 9.5))
        .within(Duration.ofSeconds(10));
    return matches(readings, pattern, match -> {
      Reading a = first(match, "a");
      Reading b = first(match, "b");
      return Output.of(b.ts, b.device, a.temperature, a.ts * 1_000.0, b.vibration);
    });
  }

  static DataStream<Output> rising(KeyedStream<Reading, String> readings) {
    Pattern<Reading, ?> pattern = Pattern.<Reading>begin("a")
        .next("b").where(new IsAbove("a", 0))
        .next("c").where(new IsAbove("b", 90))
        .within(Duration.ofSeconds(10));
    return matches(readings, pattern, match -> {
      Reading c = first(match, "c");
      return Output.of(
          c.ts, c.device, first(match, "a").temperature, first(match, "b").temperature, c.temperature);
    });
  }

  static DataStream<Output> absence(KeyedStream<Reading, String> readings) {
    Pattern<Reading, ?> pattern = Pattern.<Reading>begin("a")
        .where(SimpleCondition.of(reading -> reading.temperature > 95))
        .notFollowedBy("b")
        .where(SimpleCondition.of(reading -> reading.vibration > 5))
        .within(ABSENCE);
    return matches(readings, pattern, match -> {
      Reading a = first(match, "a");
      long dueMs = a.ts + ABSENCE.toMillis();
      boolean isDue = dueMs <= FlinkPass.running.events.newestMs(); // the job's end makes all due
      return isDue ? Output.of(dueMs, a.device, a.temperature) : null;
    });
  }

  private interface Row extends Serializable {
    /** Null: none. */
    Output of(Map<String, List<Reading>> match);
  }

  private static DataStream<Output> matches(KeyedStream<Reading, String> readings, Pattern<Reading, ?> pattern, Row row) {
    return CEP.pattern(readings, pattern).process(new PatternProcessFunction<Reading, Output>() {
      private static final long serialVersionUID = 1;

      @Override
      public void processMatch(Map<String, List<Reading>> match, Context context, Collector<Output> rows) {
        Output output = row.of(match);
        if (output != null) rows.collect(output);
      }
    });
  }

  private static Reading first(Map<String, List<Reading>> match, String step) {
    return match.get(step).get(0);
  }

  /** Hotter than the reading of an earlier step, and than a limit. */
  private static final class IsAbove extends IterativeCondition<Reading> {
    private static final long serialVersionUID = 1;

    private final String step;
    private final double limit;

    IsAbove(String step, double limit) {
      this.step = step;
      this.limit = limit;
    }

    @Override
    public boolean filter(Reading reading, Context<Reading> context) throws Exception {
      if (reading.temperature <= limit) return false;
      return reading.temperature > context.getEventsForPattern(step).iterator().next().temperature;
    }
  }

  private Patterns() {}
}
