package millrace.peers;

/** One event, as a bean with public fields: the shapes that Esper and Flink take. */
public class Reading {
  public long ts;
  public String device;
  public double temperature;
  public double vibration;
  public double pressure;
  public int status;

  public long getTs() {
    return ts;
  }

  public String getDevice() {
    return device;
  }

  public double getTemperature() {
    return temperature;
  }

  public double getVibration() {
    return vibration;
  }

  public double getPressure() {
    return pressure;
  }

  public int getStatus() {
    return status;
  }
}
