package millrace.peers.siddhi;

import io.siddhi.core.SiddhiManager;
import java.io.IOException;
import java.util.List;
import millrace.peers.CannotExpress;
import millrace.peers.Commands;
import millrace.peers.Entrance;
import millrace.peers.Jar;
import millrace.peers.Mixed;
import millrace.peers.Outputs;
import millrace.peers.Peer;

/** Siddhi: on the calling thread, with the events' time as its clock. */
public final class SiddhiPeer implements Peer {
  private static final String STREAM =
      "@app:playback\n"
          + "define stream S (ts long, device string, temperature double, vibration double, pressure double, status int);\n";

  public static void main(String[] words) throws IOException {
    Commands.serve(new SiddhiPeer());
  }

  @Override
  public String version() {
    return "Siddhi " + Jar.versionOf(SiddhiManager.class);
  }

  @Override
  public Pass open(String name, Entrance entrance, Outputs outputs) throws Exception {
    List<Question> questions = Mixed.questions(name, Questions.BY_NAME, "SiddhiQL");
    if (entrance == Entrance.OWN_JSON) throw new CannotExpress("its JSON mapper is an extension with a parser of its own");
    return new SiddhiPass(STREAM, questions, outputs);
  }
}
