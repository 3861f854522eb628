package millrace.peers;

/** The first events of the stream, made before the clock starts: readings, or messages of JSON. */
public record Events(Entrance entrance, int count, Reading[] readings, byte[][] messages) {
  public static Events of(Entrance entrance, int count) {
    return entrance == Entrance.MEMORY
        ? new Events(entrance, count, GoldenStream.readings(count), null)
        : new Events(entrance, count, null, GoldenStream.messages(count));
  }

  /** The first of them; messages are the same, whoever reads them. */
  public Events first(Entrance reader, int fewer) {
    return new Events(reader, fewer, readings, messages);
  }

  public long newestMs() {
    return GoldenStream.START_MS + count - 1;
  }
}
