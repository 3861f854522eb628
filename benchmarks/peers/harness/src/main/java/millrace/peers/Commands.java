package millrace.peers;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * What the benchmark says on standard input, and what is answered: {@code check QUESTION ENTRANCE EVENTS} runs and adds the
 * outputs up, {@code pass …} counts them only. Each answer is a line of JSON.
 */
public final class Commands {
  private final Peer peer;
  private final PrintStream answers;
  private Events made = new Events(Entrance.MEMORY, 0, new Reading[0], null);

  private Commands(Peer peer, PrintStream answers) {
    this.peer = peer;
    this.answers = answers;
  }

  /** Until standard input ends. */
  public static void serve(Peer peer) throws IOException {
    PrintStream answers = System.out;
    System.setOut(System.err); // whatever an engine prints is no answer
    new Commands(peer, answers).answerAll();
    System.exit(0); // some engines leave threads behind
  }

  private void answerAll() throws IOException {
    answers.println("{\"version\":" + quoted(peer.version()) + "}");
    BufferedReader lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line = lines.readLine(); line != null; line = lines.readLine()) answers.println(answer(line.split(" ")));
  }

  private String answer(String[] words) {
    try {
      return run(words[0].equals("check"), words[1], Entrance.of(words[2]), Integer.parseInt(words[3]));
    } catch (CannotExpress cannot) {
      return "{\"cannot\":" + quoted(cannot.getMessage()) + "}";
    } catch (Exception fault) {
      fault.printStackTrace();
      return "{\"error\":" + quoted(fault.toString()) + "}";
    }
  }

  private String run(boolean isChecked, String question, Entrance entrance, int count) throws Exception {
    Outputs outputs = new Outputs(isChecked);
    try (Peer.Pass pass = peer.open(question, entrance, outputs)) {
      Events events = events(question, entrance, count);
      System.gc(); // so that a pass pays for its own garbage, and not for what the one before left
      Stopwatch stopwatch = new Stopwatch();
      pass.run(events, stopwatch);
      return "{\"outputs\":" + outputs.count() + ",\"nanoseconds\":" + stopwatch.nanoseconds()
          + ",\"processorNanoseconds\":" + stopwatch.processorNanoseconds() + ",\"sums\":"
          + Arrays.toString(outputs.sums()) + "}";
    }
  }

  /** Made anew only where there are too few of the kind; a process has one question. */
  private Events events(String question, Entrance entrance, int count) throws IOException {
    boolean isSameKind = (made.entrance() == Entrance.MEMORY) == (entrance == Entrance.MEMORY);
    if (!isSameKind || made.count() < count) made = Events.of(question, entrance, count);
    return made.first(entrance, count);
  }

  private static String quoted(String text) {
    return '"' + text.replace("\\", "\\\\").replace("\"", "\\\"").replaceAll("\\s+", " ") + '"';
  }
}
