package millrace.peers;

import java.util.List;
import java.util.Map;

/** The question that is several others at once. */
public final class Mixed {
  private static final List<String> PARTS = List.of("Q1", "Q2", "Q3", "Q4", "rising", "absence");

  /** What an engine has for the questions that one name asks. */
  public static <Question> List<Question> questions(String name, Map<String, Question> byName, String language)
      throws CannotExpress {
    List<String> parts = name.equals("mixed") ? PARTS : List.of(name);
    if (!byName.keySet().containsAll(parts)) throw new CannotExpress("no " + language + " was written for it");
    return parts.stream().map(byName::get).toList();
  }

  private Mixed() {}
}
