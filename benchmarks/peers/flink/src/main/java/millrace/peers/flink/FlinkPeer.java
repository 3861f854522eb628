package millrace.peers.flink;

import java.io.IOException;
import millrace.peers.CannotExpress;
import millrace.peers.Commands;
import millrace.peers.Entrance;
import millrace.peers.Jar;
import millrace.peers.Outputs;
import millrace.peers.Peer;
import org.apache.flink.cep.CEP;

/** Flink: a job on a cluster within this process, of one task, which is one thread. */
public final class FlinkPeer implements Peer {
  public static void main(String[] words) throws IOException {
    Commands.serve(new FlinkPeer());
  }

  @Override
  public String version() {
    return "Flink " + Jar.versionOf(CEP.class);
  }

  @Override
  public Pass open(String name, Entrance entrance, Outputs outputs) throws Exception {
    Question question = Questions.BY_NAME.get(name);
    if (question == null) throw new CannotExpress("no job was written for it");
    if (entrance == Entrance.OWN_JSON) throw new CannotExpress("its JSON format is Jackson's data binding");
    return new FlinkPass(question, outputs);
  }
}
