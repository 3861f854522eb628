package millrace.peers;

import java.util.List;

/** The question that is several others at once. */
public final class Mixed {
  private static final List<String> PARTS = List.of("Q1", "Q2", "Q3", "Q4", "rising", "absence");

  /** The questions that one name asks. */
  public static List<String> parts(String question) {
    return question.equals("mixed") ? PARTS : List.of(question);
  }

  private Mixed() {}
}
