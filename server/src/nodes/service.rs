//! NodeService: how each node is watched.

use plumbline_proto::v1::{
    self, Coverage, ForgetNodeRequest, ListContainersRequest, ListContainersResponse, ListNodesRequest,
    ListNodesResponse, WatchedContainer, node_service_server::NodeService,
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

/// Containers listed at most, and if no number is given.
const MAX_LIST: u32 = 1000;
const DEFAULT_LIST: u32 = 100;
/// Coverages that can be asked for.
const MAX_COVERAGES: usize = 8;

impl NodeCalls {
    fn containers(&self, request: &ListContainersRequest) -> Result<ListContainersResponse, ApiError> {
        let field = |field, problem: String| ApiError::Field { field, problem };
        if request.limit > MAX_LIST {
            let problem = format!("{}; 1 to {MAX_LIST}, or 0 for {DEFAULT_LIST}", request.limit);
            return Err(field("limit", problem));
        }
        if request.coverages.len() > MAX_COVERAGES {
            return Err(field("coverages", format!("{}; at most {MAX_COVERAGES}", request.coverages.len())));
        }
        if let Some(wrong) = request.coverages.iter().find(|&&coverage| Coverage::try_from(coverage).is_err())
        {
            return Err(field("coverages", format!("{wrong}; not one this server knows")));
        }
        // A node's name and an id, the last of the page before; what was made up reads nothing else.
        let after = match request.page_token.as_str() {
            "" => None,
            token => Some(token.split_once('\n').ok_or_else(|| {
                field(
                    "page_token",
                    "not one that this server made; leave it empty for the first page".to_owned(),
                )
            })?),
        };
        let limit = if request.limit == 0 { DEFAULT_LIST } else { request.limit } as usize;
        let matches = |container: &WatchedContainer| {
            let image = &request.image;
            (image.is_empty() || [&container.image_digest, &container.image_repository].contains(&image))
                && (request.coverages.is_empty() || request.coverages.contains(&container.coverage))
        };
        let now = now_unix_ns();
        let mut containers = Vec::new();
        for node in self.nodes.all() {
            let name = node.name.as_str();
            if !request.node.is_empty() && request.node != name || after.is_some_and(|(node, _)| name < node)
            {
                continue;
            }
            let of_node = node.containers(now).into_iter().filter(&matches);
            containers
                .extend(of_node.filter(|container| after.is_none_or(|after| (name, &*container.id) > after)));
            if containers.len() > limit {
                break;
            }
        }
        let more = containers.len() > limit;
        containers.truncate(limit);
        let last = containers.last().filter(|_| more);
        let next_page_token = last.map_or_else(String::new, |last| format!("{}\n{}", last.node, last.id));
        Ok(ListContainersResponse { containers, next_page_token, omitted: self.nodes.containers.omitted() })
    }

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

    async fn list_containers(
        &self,
        request: Request<ListContainersRequest>,
    ) -> Result<Response<ListContainersResponse>, Status> {
        self.containers(&request.into_inner()).map(Response::new).map_err(status)
    }

    async fn forget(&self, request: Request<ForgetNodeRequest>) -> Result<Response<v1::Node>, Status> {
        let caller = Caller::of(&request).map_err(status)?;
        Self::forget(self, &caller, request.into_inner().name).await.map(Response::new).map_err(status)
    }
}
