package millrace.peers;

import java.io.IOException;

/** The first events of a question's stream, made before the clock starts: readings, or messages of JSON. */
public record Events(Entrance entrance, int count, Reading[] readings, byte[][] messages) {
  static Events of(String question, Entrance entrance, int count) throws IOException {
    if (question.equals(PumpStation.QUESTION)) return new Events(entrance, count, PumpStation.readings(count), null);
    return entrance == Entrance.MEMORY
        ? new Events(entrance, count, GoldenStream.readings(count), null)
        : new Events(entrance, count, null, GoldenStream.messages(count));
  }

  /** The first of them; messages are the same, whoever reads them. */
  public Events first(Entrance reader, int fewer) {
    return new Events(reader, fewer, readings, messages);
  }

  public long newestMs() {
    return readings == null ? GoldenStream.START_MS + count - 1 : readings[count - 1].ts;
  }
}
