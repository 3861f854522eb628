package millrace.peers.esper;

import com.espertech.esper.common.client.EPCompiled;
import com.espertech.esper.common.client.EventBean;
import com.espertech.esper.common.client.EventSender;
import com.espertech.esper.common.client.json.util.EventSenderJson;
import com.espertech.esper.runtime.client.EPDeployException;
import com.espertech.esper.runtime.client.EPEventService;
import com.espertech.esper.runtime.client.EPRuntime;
import com.espertech.esper.runtime.client.EPStatement;
import com.espertech.esper.runtime.client.UpdateListener;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import millrace.peers.Events;
import millrace.peers.Outputs;
import millrace.peers.Peer;
import millrace.peers.Reading;
import millrace.peers.ReadingParser;
import millrace.peers.Stopwatch;

/** A runtime with the statements of one question. */
final class EsperPass implements Peer.Pass {
  private static final Pattern OUTPUT = Pattern.compile("out(\\d+)-");

  private final EPRuntime runtime;
  private final EPEventService service;
  private final boolean isTimed;

  EsperPass(EPRuntime runtime, EPCompiled compiled, List<Question> questions, Outputs outputs)
      throws EPDeployException {
    this.runtime = runtime;
    this.service = runtime.getEventService();
    this.isTimed = questions.stream().anyMatch(Question::isTimed);
    for (EPStatement statement : runtime.getDeploymentService().deploy(compiled).getStatements()) {
      Matcher number = OUTPUT.matcher(statement.getName());
      if (!number.lookingAt()) continue;
      Question question = questions.get(Integer.parseInt(number.group(1)));
      statement.addListener(outputs.areChecked ? adding(question, outputs) : counting(outputs));
    }
  }

  private static UpdateListener counting(Outputs outputs) {
    return (rows, removed, statement, from) -> {
      if (rows != null) outputs.add(rows.length);
    };
  }

  private static UpdateListener adding(Question question, Outputs outputs) {
    return (rows, removed, statement, from) -> {
      if (rows == null) return;
      for (EventBean row : rows) question.reader().read(row, outputs);
    };
  }

  @Override
  public void run(Events events, Stopwatch stopwatch) throws IOException {
    EventSender sender = service.getEventSender("S");
    stopwatch.start();
    switch (events.entrance()) {
      case MEMORY -> sendReadings(sender, events);
      case JSON -> sendParsed(sender, events);
      case OWN_JSON -> sendTexts((EventSenderJson) sender, events);
    }
    if (isTimed) service.advanceTime(events.newestMs());
    stopwatch.stop();
  }

  private void sendReadings(EventSender sender, Events events) {
    Reading[] readings = events.readings();
    for (int i = 0; i < events.count(); i++) {
      if (isTimed) service.advanceTime(readings[i].ts);
      sender.sendEvent(readings[i]);
    }
  }

  private void sendParsed(EventSender sender, Events events) throws IOException {
    ReadingParser parser = new ReadingParser();
    for (int i = 0; i < events.count(); i++) {
      Reading reading = parser.parse(events.messages()[i]);
      if (isTimed) service.advanceTime(reading.ts);
      sender.sendEvent(reading);
    }
  }

  private void sendTexts(EventSenderJson sender, Events events) {
    for (int i = 0; i < events.count(); i++) {
      Object event = sender.parse(new String(events.messages()[i], StandardCharsets.UTF_8));
      if (isTimed) service.advanceTime((Long) ((Map<?, ?>) event).get("ts"));
      sender.sendEvent(event);
    }
  }

  @Override
  public void close() {
    runtime.destroy();
  }
}
