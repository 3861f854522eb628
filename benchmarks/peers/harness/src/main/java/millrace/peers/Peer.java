package millrace.peers;

/** An engine beside which ours is measured. */
public interface Peer {
  /** As its makers number it. */
  String version();

  /** A new instance with the rules of a question. What it does here is not timed. */
  Pass open(String question, Entrance entrance, Outputs outputs) throws Exception;

  /** One run over the stream. */
  interface Pass extends AutoCloseable {
    /** Starts the clock before the first event, and stops it behind the last output. */
    void run(Events events, Stopwatch stopwatch) throws Exception;

    @Override
    void close() throws Exception;
  }
}
