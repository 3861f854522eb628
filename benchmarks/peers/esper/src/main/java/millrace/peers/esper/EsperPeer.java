package millrace.peers.esper;

import com.espertech.esper.common.client.EPCompiled;
import com.espertech.esper.common.client.configuration.Configuration;
import com.espertech.esper.compiler.client.CompilerArguments;
import com.espertech.esper.compiler.client.EPCompilerProvider;
import com.espertech.esper.runtime.client.EPRuntime;
import com.espertech.esper.runtime.client.EPRuntimeProvider;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import millrace.peers.Commands;
import millrace.peers.Entrance;
import millrace.peers.GoldenStream;
import millrace.peers.Jar;
import millrace.peers.Mixed;
import millrace.peers.Outputs;
import millrace.peers.Peer;
import millrace.peers.PumpReading;
import millrace.peers.PumpStation;
import millrace.peers.Reading;

/** Esper: EPL compiled to byte code, one thread, no timer of its own. */
public final class EsperPeer implements Peer {
  private static final String JSON_SCHEMA =
      "@public @buseventtype create json schema S(ts long, device string, temperature double, vibration double, "
          + "pressure double, status int);\n";

  private final Map<String, EPCompiled> compiled = new HashMap<>();
  private int passes = 0;

  public static void main(String[] words) throws IOException {
    Commands.serve(new EsperPeer());
  }

  @Override
  public String version() {
    return "Esper " + Jar.versionOf(EPRuntime.class);
  }

  @Override
  public Pass open(String name, Entrance entrance, Outputs outputs) throws Exception {
    List<Question> questions = Mixed.questions(name, Questions.BY_NAME, "EPL");
    Configuration configuration = configuration(name, entrance);
    String key = name + (entrance == Entrance.OWN_JSON);
    if (!compiled.containsKey(key)) compiled.put(key, compile(questions, entrance, configuration));
    EPRuntime runtime = EPRuntimeProvider.getRuntime("pass" + passes++, configuration);
    runtime.getEventService().advanceTime(GoldenStream.START_MS);
    return new EsperPass(runtime, compiled.get(key), questions, outputs);
  }

  private static EPCompiled compile(List<Question> questions, Entrance entrance, Configuration configuration)
      throws Exception {
    StringBuilder epl = new StringBuilder(entrance == Entrance.OWN_JSON ? JSON_SCHEMA : "");
    for (int i = 0; i < questions.size(); i++) epl.append(named(questions.get(i).epl(), i)).append(";\n");
    return EPCompilerProvider.getCompiler().compile(epl.toString(), new CompilerArguments(configuration));
  }

  /** Names of outputs say of which question they are. */
  private static String named(String epl, int question) {
    return epl.replace("@name('out", "@name('out" + question + "-");
  }

  private static Configuration configuration(String question, Entrance entrance) {
    Configuration configuration = new Configuration();
    Class<?> reading = question.equals(PumpStation.QUESTION) ? PumpReading.class : Reading.class;
    if (entrance != Entrance.OWN_JSON) configuration.getCommon().addEventType("S", reading);
    configuration.getRuntime().getThreading().setInternalTimerEnabled(false);
    configuration.getRuntime().getThreading().setListenerDispatchPreserveOrder(false); // one thread needs no locks
    configuration.getRuntime().getThreading().setInsertIntoDispatchPreserveOrder(false);
    configuration.getRuntime().getExecution().setDisableLocking(true);
    return configuration;
  }
}
