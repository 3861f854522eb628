package millrace.peers;

/** The engine's language has no words for a question; the message says which are missing. */
public final class CannotExpress extends Exception {
  private static final long serialVersionUID = 1;

  public CannotExpress(String reason) {
    super(reason);
  }
}
