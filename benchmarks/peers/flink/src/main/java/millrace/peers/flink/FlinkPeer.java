package millrace.peers.flink;

import java.util.List;
import millrace.peers.CannotExpress;
import millrace.peers.Commands;
import millrace.peers.Entrance;
import millrace.peers.Jar;
import millrace.peers.Mixed;
import millrace.peers.Outputs;
import millrace.peers.Peer;
import org.apache.flink.cep.CEP;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.MemorySize;
import org.apache.flink.configuration.PipelineOptions;
import org.apache.flink.configuration.RestOptions;
import org.apache.flink.configuration.StateBackendOptions;
import org.apache.flink.configuration.TaskManagerOptions;
import org.apache.flink.runtime.minicluster.MiniCluster;
import org.apache.flink.runtime.minicluster.MiniClusterConfiguration;

/** Flink: a job on a cluster within this process, of one task, which is one thread. */
public final class FlinkPeer implements Peer {
  private final MiniCluster cluster;

  private FlinkPeer() throws Exception {
    cluster = new MiniCluster(new MiniClusterConfiguration.Builder()
        .setConfiguration(configuration())
        .setNumTaskManagers(1)
        .setNumSlotsPerTaskManager(1)
        .build());
    cluster.start();
  }

  public static void main(String[] words) throws Exception {
    Commands.serve(new FlinkPeer());
  }

  private static Configuration configuration() {
    Configuration configuration = new Configuration();
    configuration.set(PipelineOptions.OBJECT_REUSE, true);
    configuration.set(StateBackendOptions.STATE_BACKEND, "hashmap");
    configuration.set(TaskManagerOptions.MANAGED_MEMORY_SIZE, MemorySize.ofMebiBytes(16)); // RocksDB's, which is not used
    configuration.set(RestOptions.BIND_PORT, "0");
    return configuration;
  }

  @Override
  public String version() {
    return "Flink " + Jar.versionOf(CEP.class);
  }

  @Override
  public Pass open(String name, Entrance entrance, Outputs outputs) throws Exception {
    List<Question> questions = Mixed.questions(name, Questions.BY_NAME, "job");
    if (entrance == Entrance.OWN_JSON) throw new CannotExpress("its JSON format is Jackson's data binding");
    return new FlinkPass(cluster, configuration(), questions, outputs);
  }
}
