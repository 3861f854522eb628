package millrace.peers.esper;

/**
 * The rules of benchmarks/peers/pump-station/rules.ts in EPL. Two patterns in each pump's context say when what raises a rule, and what
 * clears it, has held for its time; a pattern under {@code every} begins anew when it is false, too. What repeats the state that a rule
 * is in is left out by {@code prior}.
 */
final class PumpStationRules {
  private static final String RUNNING_DRY = "status = 2 and flow < 20 and current < 30";
  private static final String STUCK = "status = 2 and n >= 200 and (discharge = 0 or current = 0 or winding = 0 or shaking = 0 or flowing = 0)";

  private static final String TREMBLING =
      "discharge > 0 and current > 0 and winding > 0 and shaking > 0 and flowing > 0";

  static final String EPL =
      """
      @public create schema Held(rule int, device string, ts long, raised int);
      insert into Sound select device, ts, avg(acoustic) as mean from S#ext_timed(ts, 1 min) group by device;
      insert into Filter select device, ts,
        avg((inlet - suction) / ((flow / 250) * (flow / 250)), flow > 50) as mean
        from S#ext_timed(ts, 5 min) group by device;
      insert into Bearing select device, ts, avg(envelope) as mean from S#ext_timed(ts, 10 min) group by device;
      insert into Ranges select device, ts, status, count(*) as n, max(discharge) - min(discharge) as discharge,
        max(current) - min(current) as current, max(temperature) - min(temperature) as winding,
        max(vibration) - min(vibration) as shaking, max(flow) - min(flow) as flowing
        from S#ext_timed(ts, 5 min) group by device;

      create context ByPump partition by device from S, device from Sound, device from Filter, device from Bearing,
        device from Ranges, device from Held;
      create context ByAlarm partition by rule and device from Held;

      """
          + held(0, "S", RUNNING_DRY, 10, "flow > 60", 30)
          + held(1, "Sound", "mean > 2", 30, "mean < 1.4", 120)
          + held(2, "Filter", "mean > 0.3", 300, "mean < 0.2", 300)
          + held(3, "Bearing", "mean > 1.8", 600, "mean < 1.4", 600)
          + "insert into Held select 4 as rule, device, ts, 1 as raised from Ranges(" + STUCK + ");\n"
          + holding(4, "Ranges", TREMBLING, 60, 0)
          + held(5, "S", "vibration > 4.5", 60, "vibration < 3.5", 120)
          + held(6, "S", "temperature > 120", 60, "temperature < 110", 60)
          + """
          context ByPump insert into Held select 7 as rule, a.device as device, a.ts + 60000 as ts, 1 as raised
            from pattern [every a=S -> (timer:interval(1 min) and not S)];
          context ByPump insert into Held select 7 as rule, b.device as device, b.ts as ts, 0 as raised
            from pattern [every (Held(rule = 7 and raised = 1) -> b=S)];

          context ByAlarm insert into Change
            select rule, device, ts, raised, coalesce(prior(1, raised), 0) as before from Held;
          @name('out') select ts, device, raised from Change(raised != before)""";

  private static String held(int rule, String stream, String raises, int raisesFor, String clears, int clearsFor) {
    return holding(rule, stream, raises, raisesFor, 1) + holding(rule, stream, clears, clearsFor, 0);
  }

  /** Whenever the condition has held for so long. */
  private static String holding(int rule, String stream, String condition, int seconds, int raised) {
    return """
        context ByPump insert into Held select %1$d as rule, a.device as device, a.ts + %6$d as ts, %5$d as raised
          from pattern [every (a=%2$s(%3$s) -> (timer:interval(%4$s) and not %2$s(not (%3$s))))];
        """.formatted(rule, stream, condition, seconds + " sec", raised, seconds * 1_000);
  }

  private PumpStationRules() {}
}
