package millrace.peers;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;

/** Time, and processor time of all threads of this process, compiler and garbage collector included. */
public final class Stopwatch {
  private final OperatingSystemMXBean processor =
      (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean(); // HotSpot's, which tells it
  private long start;
  private long processorStart;
  private long nanoseconds;
  private long processorNanoseconds;

  public void start() {
    processorStart = processor.getProcessCpuTime();
    start = System.nanoTime();
  }

  /** The last one counts. */
  public void stop() {
    nanoseconds = System.nanoTime() - start;
    processorNanoseconds = processor.getProcessCpuTime() - processorStart;
  }

  public long nanoseconds() {
    return nanoseconds;
  }

  public long processorNanoseconds() {
    return processorNanoseconds;
  }
}
