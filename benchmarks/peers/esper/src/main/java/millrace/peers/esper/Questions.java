package millrace.peers.esper;

import com.espertech.esper.common.client.EventBean;
import java.util.Map;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import millrace.peers.GoldenStream;
import millrace.peers.PumpStation;

/** The benchmark's questions in EPL, each in the quickest of the forms that were tried. */
final class Questions {
  private static final long TUMBLING_MS = 10_000;
  private static final long ABSENCE_MS = 3_000;

  static final Map<String, Question> BY_NAME = Map.ofEntries(
      Map.entry("Q1", new Question(
          "@name('out') select ts, device, temperature from S(temperature > 95 and status = 1)",
          false,
          (row, outputs) -> outputs.add(ts(row), device(row), number(row, "temperature")))),

      Map.entry("Q2", new Question(
          """
          create context TenSeconds start @now end after 10 seconds;
          @name('out') context TenSeconds
          select device, max(ts) as ts, avg(temperature) as mean, count(*) as n, min(temperature) as low,
            max(temperature) as high, stddev(temperature) as spread
          from S group by device output snapshot when terminated""",
          true,
          (row, outputs) -> outputs.add(
              ts(row) / TUMBLING_MS * TUMBLING_MS, device(row), number(row, "mean"), number(row, "n"),
              number(row, "low"), number(row, "high"), number(row, "spread")))),

      Map.entry("Q3", new Question(
          """
          @name('out') select ts, device, temperature, avg(temperature) as average
          from S#ext_timed(ts, 60 seconds) group by device having temperature > 1.5 * avg(temperature)""",
          false,
          (row, outputs) -> outputs.add(ts(row), device(row), number(row, "temperature"), number(row, "average")))),

      Map.entry("Q4", new Question(
          """
          @name('out') select b.ts as ts, a.device as device, a.temperature as temperature, a.ts as first,
            b.vibration as vibration
          from pattern [every a=S(temperature > 90)
            -> b=S(device = a.device and vibration > 9.5) where timer:within(10 seconds)]""",
          true,
          (row, outputs) -> outputs.add(
              ts(row), device(row), number(row, "temperature"), number(row, "first") * 1_000,
              number(row, "vibration")))),

      Map.entry("rising", new Question(
          """
          @name('out') select * from S match_recognize (
            partition by device
            measures c.ts as ts, c.device as device, a.temperature as x, b.temperature as y, c.temperature as z
            after match skip to next row
            pattern (a b c)
            define b as b.temperature > a.temperature,
              c as c.temperature > b.temperature and c.temperature > 90)""",
          false,
          (row, outputs) -> outputs.add(
              ts(row), device(row), number(row, "x"), number(row, "y"), number(row, "z")))),

      Map.entry("absence", new Question(
          """
          @name('out') select a.ts as ts, a.device as device, a.temperature as temperature
          from pattern [every a=S(temperature > 95)
            -> (timer:interval(3 seconds) and not S(device = a.device and vibration > 5))]""",
          true,
          (row, outputs) -> outputs.add(ts(row) + ABSENCE_MS, device(row), number(row, "temperature")))),

      Map.entry("100-limits", new Question(
          rules(100, k -> "select ts, device, temperature, %d as rule from S(temperature > %s)".formatted(k, limit(k))),
          false,
          (row, outputs) -> outputs.add(ts(row), device(row), number(row, "temperature"), number(row, "rule")))),

      Map.entry("1000-limits", new Question(
          rules(GoldenStream.DEVICES, k ->
              "select ts, device, temperature from S(device = 'd%d' and temperature > 90)".formatted(k)),
          false,
          (row, outputs) -> outputs.add(ts(row), device(row), number(row, "temperature")))),

      Map.entry("100-alarms", alarms(rules(100, k ->
          ("select ts, device, 1 as raised from Pair(temperature > %1$s) having before <= %1$s;\n"
              + "@name('out%2$dCleared') select ts, device, 0 as raised from Pair(before > %1$s) having temperature <= %1$s")
              .formatted(limit(k), k)))),

      Map.entry("1000-alarms", alarms(rules(GoldenStream.DEVICES, k ->
          ("select ts, device, case when temperature > 90 then 1 else 0 end as raised "
              + "from Pair(device = 'd%d') having (temperature > 90) != (before > 90)").formatted(k)))),

      Map.entry(PumpStation.QUESTION, new Question(
          PumpStationRules.EPL,
          true,
          (row, outputs) -> outputs.add(ts(row), device(row), number(row, "raised")))));

  /**
   * Alarms that are raised where a condition comes to hold for a device, and cleared where it ceases to. Each reading is joined
   * to the one before once, for all rules. What is in parentheses is found by the index of filters; a condition in `where` would
   * become part of its key, and of little use there, since nearly all readings are below a limit.
   */
  private static Question alarms(String rules) {
    String pairs = """
        create context ByDevice partition by device from S;
        context ByDevice insert into Pair
        select ts, device, temperature, coalesce(prior(1, temperature), 0) as before from S;
        """;
    return new Question(pairs + rules, false,
        (row, outputs) -> outputs.add(ts(row), device(row), number(row, "raised")));
  }

  private static String rules(int count, IntFunction<String> statement) {
    return IntStream.range(0, count)
        .mapToObj(k -> "@name('out" + k + "') " + statement.apply(k) + ";\n")
        .collect(Collectors.joining());
  }

  /** 119.00 to 119.99. */
  private static String limit(int k) {
    return "119.%02d".formatted(k);
  }

  private static long ts(EventBean row) {
    return (Long) row.get("ts");
  }

  private static String device(EventBean row) {
    return (String) row.get("device");
  }

  private static double number(EventBean row, String name) {
    return row.get(name) instanceof Number number ? number.doubleValue() : Double.NaN;
  }

  private Questions() {}
}
