//! NodeService: how each node is watched.

use plumbline_proto::v1::{
    self, ForgetNodeRequest, ListNodesRequest, ListNodesResponse, node_service_server::NodeService,
};
use tokio::sync::{mpsc, oneshot};
use tonic::{Request, Response, Status};

use crate::{
    audit,
    checkpoint::Work,
    security::Caller,
    session::locked,
    status::{ApiError, status},
};

use super::{Nodes, now_unix_ns};

/// The service.
#[derive(Debug)]
pub(crate) struct NodeCalls {
    pub(crate) nodes: Nodes,
    pub(crate) committer: mpsc::Sender<Work>,
}

impl NodeCalls {
    async fn forget(&self, caller: &Caller, name: String) -> Result<v1::Node, ApiError> {
        let forgotten = {
            let mut map = locked(&self.nodes.map);
            let node = map.get(&name).ok_or_else(|| ApiError::NoNode { name: name.clone() })?;
            if node.is_connected() {
                return Err(ApiError::NodeConnected { name });
            }
            let message = node.message(now_unix_ns());
            map.remove(&name);
            message
        };
        let (done, durable) = oneshot::channel();
        let entry = audit::entry(caller, "NodeService/Forget", name.clone(), "forgotten".to_owned());
        let work = Work::Nodes { nodes: Vec::new(), forgotten: vec![name], audit: Some(entry), done };
        self.committer.send(work).await.map_err(|_| ApiError::Leaving)?;
        durable.await.map_err(|_| ApiError::Leaving)?;
        Ok(forgotten)
    }
}

#[tonic::async_trait]
impl NodeService for NodeCalls {
    async fn list(&self, _: Request<ListNodesRequest>) -> Result<Response<ListNodesResponse>, Status> {
        let now = now_unix_ns();
        let nodes = self.nodes.all().iter().map(|node| node.message(now)).collect();
        Ok(Response::new(ListNodesResponse { nodes }))
    }

    async fn forget(&self, request: Request<ForgetNodeRequest>) -> Result<Response<v1::Node>, Status> {
        let caller = Caller::of(&request).map_err(status)?;
        Self::forget(self, &caller, request.into_inner().name).await.map(Response::new).map_err(status)
    }
}
