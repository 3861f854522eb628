package millrace.peers.esper;

/**
 * The rules of benchmarks/peers/pump-station/rules.ts in EPL. What must hold for a time is a context of each pump that begins where the
 * condition comes to hold and ends where it ceases to: nothing is done for the readings between. Its timer says that it has held for
 * long enough, and what repeats the state that a rule is in is left out by {@code prior}.
 */
final class PumpStationRules {
  private static final String STUCK =
      "status = 2 and n >= 200 and (discharge = 1 or current = 1 or winding = 1 or shaking = 1 or flowing = 1)";
  private static final String NOT_STUCK =
      "status != 2 or n < 200 or (discharge > 1 and current > 1 and winding > 1 and shaking > 1 and flowing > 1)";
  private static final String TREMBLING =
      "discharge > 1 and current > 1 and winding > 1 and shaking > 1 and flowing > 1";
  private static final String NOT_TREMBLING =
      "discharge = 1 or current = 1 or winding = 1 or shaking = 1 or flowing = 1";

  static final String EPL =
      """
      @public create schema Held(rule int, device string, ts long, raised int);
      insert into OneMinute select device, ts, avg(acoustic) as acoustic from S#ext_timed(ts, 1 min) group by device;
      insert into FiveMinutes select device, ts, status, count(*) as n,
        avg((inlet - suction) / ((flow / 250) * (flow / 250)), flow > 50) as drop,
        count(distinct discharge) as discharge, count(distinct current) as current,
        count(distinct temperature) as winding, count(distinct vibration) as shaking, count(distinct flow) as flowing
        from S#ext_timed(ts, 5 min) group by device;
      insert into TenMinutes select device, ts, avg(envelope) as envelope from S#ext_timed(ts, 10 min) group by device;

      """
          + raises(0, "S", "status = 2 and flow < 20 and current < 30", "status != 2 or flow >= 20 or current >= 30", 10)
          + clears(0, "S", "flow > 60", "flow <= 60", 30)
          + raises(1, "OneMinute", "acoustic > 2", "acoustic <= 2", 30)
          + clears(1, "OneMinute", "acoustic < 1.4", "acoustic >= 1.4", 120)
          + raises(2, "FiveMinutes", "drop > 0.3", "drop <= 0.3", 300)
          + clears(2, "FiveMinutes", "drop < 0.2", "drop >= 0.2", 300)
          + raises(3, "TenMinutes", "envelope > 1.8", "envelope <= 1.8", 600)
          + clears(3, "TenMinutes", "envelope < 1.4", "envelope >= 1.4", 600)
          + raises(4, "FiveMinutes", STUCK, NOT_STUCK, 0)
          + clears(4, "FiveMinutes", TREMBLING, NOT_TREMBLING, 60)
          + raises(5, "S", "vibration > 4.5", "vibration <= 4.5", 60)
          + clears(5, "S", "vibration < 3.5", "vibration >= 3.5", 120)
          + raises(6, "S", "temperature > 120", "temperature <= 120", 60)
          + clears(6, "S", "temperature < 110", "temperature >= 110", 60)
          + """
          insert rstream into Held select rstream 7 as rule, device, ts + 60000 as ts, 1 as raised
            from S#unique(device)#time(1 min) where current_timestamp() >= ts + 60000;
          insert into Held select 7 as rule, b.device as device, b.ts as ts, 0 as raised
            from pattern [every a=Held(rule = 7 and raised = 1) -> b=S(device = a.device)];

          create context ByAlarm partition by rule and device from Held;
          context ByAlarm insert into Change
            select rule, device, ts, raised, coalesce(prior(1, raised), 0) as before from Held;
          @name('out') select ts, device, raised from Change(raised != before)""";

  private static String raises(int rule, String stream, String begins, String ends, int seconds) {
    return held(rule, 1, stream, begins, ends, seconds);
  }

  private static String clears(int rule, String stream, String begins, String ends, int seconds) {
    return held(rule, 0, stream, begins, ends, seconds);
  }

  private static String held(int rule, int raised, String stream, String begins, String ends, int seconds) {
    return """
        create context Held%1$dTo%2$d partition by device from %3$s
          initiated by %3$s(%4$s) as a terminated by %3$s(%5$s);
        context Held%1$dTo%2$d insert into Held
          select %1$d as rule, context.a.device as device, context.a.ts + %7$d as ts, %2$d as raised
          from pattern [timer:interval(%6$d sec)];
        """.formatted(rule, raised, stream, begins, ends, seconds, seconds * 1_000);
  }

  private PumpStationRules() {}
}
