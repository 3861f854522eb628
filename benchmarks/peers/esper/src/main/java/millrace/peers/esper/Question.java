package millrace.peers.esper;

import com.espertech.esper.common.client.EventBean;
import millrace.peers.Outputs;

/**
 * What is asked of Esper, about events of the type S.
 *
 * @param epl statements; those that are named {@code out…} give the outputs
 * @param isTimed whether engine time has to follow the events' time; what does not look at it is quicker without
 */
record Question(String epl, boolean isTimed, Reader reader) {
  /** Adds one row up. */
  interface Reader {
    void read(EventBean row, Outputs outputs);
  }
}
