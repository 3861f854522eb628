package millrace.peers;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.DoubleBuffer;
import java.nio.file.Files;
import java.nio.file.Path;

/** The readings that benchmarks/peers/pump-station/readings.ts writes. */
public final class PumpStation {
  public static final String QUESTION = "pump-station";
  private static final String VARIABLE = "PEERS_PUMP_STATION";

  static PumpReading[] readings(int count) throws IOException {
    byte[] bytes = Files.readAllBytes(Path.of(System.getenv(VARIABLE)));
    DoubleBuffer cells = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).asDoubleBuffer();
    PumpReading[] readings = new PumpReading[count];
    for (int i = 0; i < count; i++) readings[i] = reading(cells);
    return readings;
  }

  private static PumpReading reading(DoubleBuffer cells) {
    PumpReading reading = new PumpReading();
    reading.ts = (long) cells.get();
    reading.device = "d" + (int) cells.get();
    reading.status = (int) cells.get();
    reading.temperature = cells.get();
    reading.vibration = cells.get();
    reading.flow = cells.get();
    reading.current = cells.get();
    reading.inlet = cells.get();
    reading.suction = cells.get();
    reading.discharge = cells.get();
    reading.envelope = cells.get();
    reading.acoustic = cells.get();
    return reading;
  }

  private PumpStation() {}
}
