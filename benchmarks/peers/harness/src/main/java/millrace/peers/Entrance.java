package millrace.peers;

/** What events are when they come in, and who reads them. */
public enum Entrance {
  /** Objects in memory. */
  MEMORY,
  /** JSON bytes, read by ReadingParser. */
  JSON,
  /** JSON bytes, read by the engine itself. */
  OWN_JSON;

  /** As the benchmark calls it. */
  public static Entrance of(String name) {
    return valueOf(name.toUpperCase().replace('-', '_'));
  }
}
