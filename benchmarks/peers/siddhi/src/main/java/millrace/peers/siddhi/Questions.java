package millrace.peers.siddhi;

import java.util.Map;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import millrace.peers.GoldenStream;
import millrace.peers.Outputs;

/** The benchmark's questions in SiddhiQL, each in the quickest of the forms that were tried and that are right. */
final class Questions {
  private static final long TUMBLING_MS = 10_000;
  private static final long ABSENCE_MS = 3_000;

  static final Map<String, Question> BY_NAME = Map.ofEntries(
      Map.entry("Q1", new Question(
          "from S[temperature > 95 and status == 1] select ts, device, temperature insert into Out;",
          Questions::add)),

      Map.entry("Q2", new Question(
          """
          from S#window.externalTimeBatch(ts, 10 sec, 0 sec)
          select ts, device, avg(temperature) as mean, count() as n, min(temperature) as low,
            max(temperature) as high, stdDev(temperature) as spread
          group by device insert into Out;""",
          (row, outputs) -> outputs.add(
              (Long) row[0] / TUMBLING_MS * TUMBLING_MS, (String) row[1], number(row[2]), number(row[3]),
              number(row[4]), number(row[5]), ofSample(number(row[6]), number(row[3]))))),

      Map.entry("Q3", new Question(
          """
          from S#window.externalTime(ts, 60 sec)
          select ts, device, temperature, avg(temperature) as average
          group by device having temperature > 1.5 * average insert into Out;""",
          Questions::add)),

      // Siddhi counts an event that comes exactly at the end as within.
      Map.entry("Q4", new Question(
          """
          from every a=S[temperature > 90] -> b=S[device == a.device and vibration > 9.5] within 9999 millisec
          select b.ts as ts, a.device as device, a.temperature as temperature, a.ts * 1000 as first,
            b.vibration as vibration
          insert into Out;""",
          Questions::add)),

      Map.entry("rising", new Question(
          """
          partition with (device of S)
          begin
            from every a=S, b=S[temperature > a.temperature], c=S[temperature > b.temperature and temperature > 90]
            select c.ts as ts, c.device as device, a.temperature as x, b.temperature as y, c.temperature as z
            insert into Out;
          end;""",
          Questions::add)),

      Map.entry("absence", new Question(
          """
          from every a=S[temperature > 95] -> not S[device == a.device and vibration > 5] for 3 sec
          select a.ts as ts, a.device as device, a.temperature as temperature
          insert into Out;""",
          (row, outputs) -> outputs.add((Long) row[0] + ABSENCE_MS, (String) row[1], number(row[2])))),

      Map.entry("100-limits", new Question(
          rules(100, k -> "from S[temperature > %s] select ts, device, temperature, %d as rule insert into Out;"
              .formatted(limit(k), k)),
          Questions::add)),

      Map.entry("1000-limits", new Question(
          rules(GoldenStream.DEVICES, k ->
              "from S[device == 'd%d' and temperature > 90] select ts, device, temperature insert into Out;"
                  .formatted(k)),
          Questions::add)),

      Map.entry("100-alarms", alarms(100, k -> "", Questions::limit)),
      Map.entry("1000-alarms", alarms(GoldenStream.DEVICES, k -> "device == 'd%d' and ".formatted(k), k -> "90")));

  /**
   * Alarms that are raised where a condition comes to hold for a device, and cleared where it ceases to. Each reading is joined
   * to the one before once, for all rules.
   */
  private static Question alarms(int count, IntFunction<String> conjunct, IntFunction<String> limit) {
    String pairs = """
        partition with (device of S)
        begin
          from S select ts, device, temperature, count() as n insert into #Counted;
          from #Counted[n == 1] select ts, device, temperature, 0.0 as before insert into Pair;
          from every a=#Counted, b=#Counted
          select b.ts as ts, b.device as device, b.temperature as temperature, a.temperature as before insert into Pair;
        end;
        """;
    String raised = rules(count, k ->
        "from Pair[%stemperature > %s and before <= %s] select ts, device, 1 as raised insert into Out;"
            .formatted(conjunct.apply(k), limit.apply(k), limit.apply(k)));
    String cleared = rules(count, k ->
        "from Pair[%sbefore > %s and temperature <= %s] select ts, device, 0 as raised insert into Out;"
            .formatted(conjunct.apply(k), limit.apply(k), limit.apply(k)));
    return new Question(pairs + raised + cleared, Questions::add);
  }

  /** Time, device, and numbers. */
  private static void add(Object[] row, Outputs outputs) {
    double[] values = new double[row.length - 2];
    for (int i = 0; i < values.length; i++) values[i] = number(row[i + 2]);
    outputs.add((Long) row[0], (String) row[1], values);
  }

  private static double number(Object value) {
    return ((Number) value).doubleValue();
  }

  /** Siddhi has the standard deviation of a population only. */
  private static double ofSample(double deviation, double count) {
    return count < 2 ? Double.NaN : deviation * Math.sqrt(count / (count - 1));
  }

  private static String rules(int count, IntFunction<String> query) {
    return IntStream.range(0, count).mapToObj(k -> query.apply(k) + "\n").collect(Collectors.joining());
  }

  /** 119.00 to 119.99. */
  private static String limit(int k) {
    return "119.%02d".formatted(k);
  }

  private Questions() {}
}
