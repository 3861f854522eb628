package millrace.peers.siddhi;

import io.siddhi.core.SiddhiAppRuntime;
import io.siddhi.core.SiddhiManager;
import io.siddhi.core.event.Event;
import io.siddhi.core.stream.input.InputHandler;
import io.siddhi.core.stream.output.StreamCallback;
import java.io.IOException;
import java.util.List;
import millrace.peers.Entrance;
import millrace.peers.Events;
import millrace.peers.Outputs;
import millrace.peers.Peer;
import millrace.peers.Reading;
import millrace.peers.ReadingParser;
import millrace.peers.Stopwatch;

/** An app with the queries of one question. */
final class SiddhiPass implements Peer.Pass {
  private final SiddhiManager manager = new SiddhiManager();
  private final SiddhiAppRuntime app;

  SiddhiPass(String stream, List<Question> questions, Outputs outputs) {
    StringBuilder text = new StringBuilder(stream);
    for (int i = 0; i < questions.size(); i++) {
      text.append(questions.get(i).text().replace("insert into Out", "insert into Out" + i)).append('\n');
    }
    this.app = manager.createSiddhiAppRuntime(text.toString());
    for (int i = 0; i < questions.size(); i++) {
      app.addCallback("Out" + i, outputs.areChecked ? new Adding(questions.get(i), outputs) : new Counting(outputs));
    }
    app.start();
  }

  @Override
  public void run(Events events, Stopwatch stopwatch) throws IOException, InterruptedException {
    InputHandler input = app.getInputHandler("S");
    Object[][] rows = events.entrance() == Entrance.MEMORY ? rowsOf(events) : null; // its own kind of events
    stopwatch.start();
    if (rows != null) sendRows(input, rows);
    else sendParsed(input, events);
    stopwatch.stop();
  }

  private static Object[][] rowsOf(Events events) {
    Object[][] rows = new Object[events.count()][];
    for (int i = 0; i < rows.length; i++) rows[i] = rowOf(events.readings()[i]);
    return rows;
  }

  private static Object[] rowOf(Reading event) {
    return new Object[] {
      event.ts, event.device, event.temperature, event.vibration, event.pressure, event.status
    };
  }

  private static void sendRows(InputHandler input, Object[][] rows) throws InterruptedException {
    for (Object[] row : rows) input.send((Long) row[0], row);
  }

  private static void sendParsed(InputHandler input, Events events) throws IOException, InterruptedException {
    ReadingParser parser = new ReadingParser();
    for (int i = 0; i < events.count(); i++) {
      Reading event = parser.parse(events.messages()[i]);
      input.send(event.ts, rowOf(event));
    }
  }

  @Override
  public void close() {
    app.shutdown();
    manager.shutdown();
  }

  private static final class Counting extends StreamCallback {
    private final Outputs outputs;

    Counting(Outputs outputs) {
      this.outputs = outputs;
    }

    @Override
    public void receive(Event[] events) {
      outputs.add(events.length);
    }
  }

  private static final class Adding extends StreamCallback {
    private final Question question;
    private final Outputs outputs;

    Adding(Question question, Outputs outputs) {
      this.question = question;
      this.outputs = outputs;
    }

    @Override
    public void receive(Event[] events) {
      for (Event event : events) question.reader().read(event.getData(), outputs);
    }
  }
}
