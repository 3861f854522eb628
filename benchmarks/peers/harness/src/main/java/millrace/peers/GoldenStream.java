package millrace.peers;

import java.nio.charset.StandardCharsets;

/** The stream of benchmarks/golden-stream.ts, and its JSON as benchmarks/peers/json-events.ts writes it. */
public final class GoldenStream {
  public static final int DEVICES = 1_000;
  public static final long START_MS = 1_700_000_000_000L;
  private static final double TWO_TO_32 = 4_294_967_296.0;

  private final String[] devices = new String[DEVICES];
  private int state = 42;

  private GoldenStream() {
    for (int i = 0; i < DEVICES; i++) devices[i] = "d" + i;
  }

  public static Reading[] readings(int events) {
    GoldenStream stream = new GoldenStream();
    Reading[] readings = new Reading[events];
    for (int i = 0; i < events; i++) readings[i] = stream.reading(i);
    return readings;
  }

  /** One message an event, with numbers of two decimals. */
  public static byte[][] messages(int events) {
    GoldenStream stream = new GoldenStream();
    byte[][] messages = new byte[events][];
    for (int i = 0; i < events; i++) messages[i] = json(stream.reading(i)).getBytes(StandardCharsets.UTF_8);
    return messages;
  }

  private Reading reading(int i) {
    double u1 = random();
    double u2 = random();
    double u3 = random();
    double u4 = random();
    Reading reading = new Reading();
    reading.ts = START_MS + i;
    reading.device = devices[i % DEVICES];
    reading.temperature = 20 + 60 * u1 + (u4 < 0.01 ? 40 : 0);
    reading.vibration = 10 * u2;
    reading.pressure = 1 + 4 * u3;
    reading.status = i % 7 == 0 ? 1 : 0;
    return reading;
  }

  private static String json(Reading reading) {
    StringBuilder text = new StringBuilder(128).append("{\"ts\":").append(reading.ts);
    text.append(",\"device\":\"").append(reading.device).append("\",\"temperature\":");
    appendHundredths(text, reading.temperature).append(",\"vibration\":");
    appendHundredths(text, reading.vibration).append(",\"pressure\":");
    appendHundredths(text, reading.pressure).append(",\"status\":");
    return text.append(reading.status).append('}').toString();
  }

  private static StringBuilder appendHundredths(StringBuilder text, double value) {
    long hundredths = (long) Math.floor(value * 100 + 0.5);
    text.append(hundredths / 100).append('.');
    return text.append(hundredths / 10 % 10).append(hundredths % 10);
  }

  /** mulberry32. */
  private double random() {
    state += 0x6D2B79F5;
    int t = (state ^ (state >>> 15)) * (state | 1);
    t ^= t + (t ^ (t >>> 7)) * (t | 61);
    return Integer.toUnsignedLong(t ^ (t >>> 14)) / TWO_TO_32;
  }
}
